<?php
function positives($rows, $text) {
    // ruleid: removed-function
    while (list($key, $value) = each($rows)) {
        echo $key;
    }
    // ruleid: removed-function
    $double = create_function('$x', 'return 2 * $x;');
    // ruleid: removed-function
    $link = mysql_connect("localhost", "root");
    // ruleid: removed-function
    return split(",", utf($text));
}

function negatives($rows, $text, $collection) {
    foreach ($rows as $key => $value) {
        // ok: removed-function
        echo $key;
    }
    // ok: removed-function
    $collection->each(fn ($row) => $row->save());
    // ok: removed-function
    $parts = Str::split($text);
    // ok: removed-function
    $link = mysqli_connect("localhost", "root");
    // ok: removed-function
    $other = \App\split($text);
    // create_function('$x', '')
    // ok: removed-function
    return [explode(",", $text), "each(\$rows)"];
}
