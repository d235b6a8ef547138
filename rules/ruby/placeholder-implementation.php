<?php

function pay($order) {
    // ruleid: placeholder-implementation
    // In production, you would call the bank here
    return true;
}

function total($order) {
    // ok: placeholder-implementation
    // in production the cache answers
    return $order->sum();
}
