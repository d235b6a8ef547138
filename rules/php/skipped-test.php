<?php

class OrderTest extends TestCase {
    public function testAdds() {
        // ruleid: skipped-test
        $this->markTestSkipped("flaky");
        $this->assertSame(2, 1 + 1);
    }

    public function testPays() {
        // ruleid: skipped-test
        $this->markTestIncomplete();
    }

    public function testSends() {
        // ruleid: skipped-test
        self::markTestSkipped("later");
    }

    public function testTotals() {
        // ok: skipped-test
        if (!extension_loaded("redis")) {
            $this->markTestSkipped("no redis");
        }
        // ok: skipped-test
        $this->assertSame("markTestSkipped", "markTestSkipped");
    }

    public function testNames() {
        $order = load();
        // ok: skipped-test
        $this->markTestSkipped($order->why());
    }
}
