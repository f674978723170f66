#!/usr/bin/awk -f
# routes.awk: routes.map, then what a program prints with --routes: each path must be led to that program by its longest prefix.
/^#/ || NF == 0 { next }
FNR == NR {
        serves[$1] = $2
        next
}
# Every program answers these; nginx makes the first two by itself and asks one program for the last.
$2 ~ "^/(health|metrics)/" module "$" || $2 ~ "^(/api)?/health$" { next }
{
        best = ""
        for (prefix in serves)
                if (length(prefix) > length(best) && ($2 == prefix || index($2, prefix "/") == 1)) best = prefix
        if (best == "") wrong = "nobody"
        else wrong = serves[best] == module ? "" : serves[best]
        if (wrong != "") {
                print $1 " " $2 ": nginx sends it to " wrong
                failed = 1
        }
}
END { exit failed }
