#!/usr/bin/awk -f
# sizes.awk: files of at most 500 lines that open by saying what they are for, functions of at most 50 lines, no left-overs.
function close_file() {
        if (last > 500) print name ": " last " lines, at most 500"
}

FNR == 1 {
        close_file()
        name = FILENAME
        start = 0
        if ($0 !~ /^\/\*/ && name !~ /^tests\/unit/) print name ":1: does not open with what it is for"
}
{ last = FNR }
/^[{]$/ { start = FNR }
/^}/ && start {
        if (FNR - start - 1 > 50) print name ":" start ": a function of " FNR - start - 1 " lines, at most 50"
        start = 0
}
/TODO|FIXME|XXX/ { print name ":" FNR ": a left-over: " $0 }
END { close_file() }
