<?php

function positives($row, $log) {
    try {
        $row->save();
    // ruleid: broad-catch
    } catch (Exception $e) {
        $log->warning($e);
    }
    try {
        $row->save();
    // ruleid: broad-catch
    } catch (\Throwable $e) {
        $row->undo();
    }
    try {
        $row->save();
    // ruleid: broad-catch
    } catch (RowException | \Exception $e) {
        return false;
    }
}

function negatives($row, $log) {
    try {
        $row->save();
    // ok: broad-catch
    } catch (RowException $e) {
        $log->warning($e);
    }
    try {
        $row->save();
    // ok: broad-catch
    } catch (\Exception $e) {
        $row->undo();
        throw $e;
    }
    try {
        $row->save();
    // ok: broad-catch
    } catch (App\Exception\Missing $e) {
        $row->undo();
    }
}
