-- wrk -s load.lua URL -- get FILE TOKEN | known FILE TOKEN | post NAME TOKEN: GETs of the paths in FILE in turn ("known": by a client that
-- has them), or POSTs of persons that nobody has. Prints a JSON object at the end.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  mode, name, at, requests = args[1], args[2], number * 37, {}
  headers = { ["Authorization"] = "Bearer " .. args[3] }
  if mode == "post" then
    headers["Content-Type"] = "application/json"
    return
  end
  if mode == "known" then headers["If-None-Match"] = '"1"' end
  for path in io.lines(name) do requests[#requests + 1] = wrk.format("GET", path, headers) end
end

function request()
  at = at + 1
  if mode ~= "post" then return requests[at % #requests + 1] end
  local key = name .. "-" .. number .. "-" .. at
  headers["Idempotency-Key"] = key
  return wrk.format("POST", "/api/persons", headers, '{"first_name":"Jane","last_name":"Smith","email":"' .. key .. '@example.com","risk_level":"moderate","notes":"' .. string.rep("note ", 40) .. '"}')
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"us":%d,"p50":%d,"p99":%d,"max":%d,"mean":%d,"errors":%d}\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), latency.max, latency.mean, e.connect + e.read + e.write + e.status + e.timeout))
end
