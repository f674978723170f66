#!/usr/bin/awk -f
# layers.awk: a room of lib/ includes itself and rooms named before it in ROOMS; an area of cgi-bin/ includes rooms and itself.
BEGIN {
        count = split(rooms, names, " ")
        for (i = 1; i <= count; i++) order[names[i]] = i
}

FNR == 1 {
        split(FILENAME, path, "/")
        own = path[1] == "lib" ? order[path[2]] : path[1] == "cgi-bin" || path[1] == "tests" ? count : 0
        if (!own) print FILENAME ": not in a room that the Makefile names"
}

/^#include "/ {
        split($0, quoted, "\"")
        parts = split(quoted[2], target, "/")
        if (quoted[2] ~ /\.\./) print FILENAME ":" FNR ": includes by .."
        else if (parts == 1 && path[1] == "lib") print FILENAME ":" FNR ": name the room: " quoted[2]
        else if (parts > 1 && !(target[1] in order)) print FILENAME ":" FNR ": no such room: " quoted[2]
        else if (parts > 1 && order[target[1]] > own) print FILENAME ":" FNR ": a later room: " quoted[2]
        else if (path[1] == "cgi-bin" && parts > 1 && quoted[2] ~ /_internal\.h$/) print FILENAME ":" FNR ": a room's own header: " quoted[2]
}
