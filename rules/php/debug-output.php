<?php
function positives($rows) {
    // ruleid: debug-output
    var_dump($rows);
    // ruleid: debug-output
    print_r($rows);
    // ruleid: debug-output
    dd($rows);
}

function negatives($rows, $logger) {
    // ok: debug-output
    $logger->debug("rows", ["rows" => $rows]);
    // ok: debug-output
    $text = print_r($rows, true);
    // ok: debug-output
    $rows->dump();
    // ok: debug-output
    echo "done";
    // var_dump($rows)
    // ok: debug-output
    return $text . "var_dump";
}
