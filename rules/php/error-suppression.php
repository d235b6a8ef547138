<?php
function positives($path, $rows) {
    // ruleid: error-suppression
    $text = trim(@file_get_contents($path));
    // ruleid: error-suppression
    $name = @$rows["name"];
    // ruleid: error-suppression
    error_reporting(0);
    // ruleid: error-suppression
    return @json_decode($text);
}

function negatives($path, $rows) {
    // ok: error-suppression
    @unlink($path);
    // ok: error-suppression
    if (@file_get_contents($path) === false) {
        throw new RuntimeException(error_get_last()["message"]);
    }
    // ok: error-suppression
    $text = @file_get_contents($path);
    if (!$text) {
        throw new RuntimeException($path);
    }
    // ok: error-suppression
    $name = $rows["name"] ?? "nobody";
    // ok: error-suppression
    error_reporting(E_ALL);
    // @file_get_contents($path)
    // ok: error-suppression
    return [$name, "a@b.org"];
}
