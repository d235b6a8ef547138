<?php

function positives(Client $client, array $rows): void
{
    try {
        $client->save();
    // ruleid: swallowed-exception
    } catch (Exception $e) {
    }

    try {
        $client->save();
    // ruleid: swallowed-exception
    } catch (\Throwable) {
        // nothing to do
    }

    try {
        $client->save();
    // ruleid: swallowed-exception
    } catch (PDOException | InvalidArgumentException $e) {}

    foreach ($rows as $row) {
        try {
            $client->add($row);
        // ruleid: swallowed-exception
        } catch (\Exception $e) {
            continue;
        }
    }

    try {
        $client->save();
    // ruleid: swallowed-exception
    } catch (Throwable $e) {
        # give up
        return;
    }
}

function negatives(Client $client, string $text): ?int
{
    try {
        $client->save();
    // ok: swallowed-exception
    } catch (PDOException $e) {
        error_log($e->getMessage());
    }

    try {
        $client->save();
    // ok: swallowed-exception
    } catch (Exception $e) {
        throw new RuntimeException('not saved', 0, $e);
    }

    try {
        $client->load();
    // ok: swallowed-exception
    } catch (ModelNotFoundException $e) {
    }

    // try { f(); } catch (Exception $e) { }
    // ok: swallowed-exception
    $sample = 'try { f(); } catch (Exception $e) { }';

    try {
        return $client->count($text);
    // ok: swallowed-exception
    } catch (Exception $e) {
        return null;
    }
}
