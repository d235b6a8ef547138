package shop

func TestSend(t *testing.T) {
	go send()
	// ruleid: sleep-in-test
	time.Sleep(2 * time.Second)
	assert.True(t, sent())
}

func TestPay(t *testing.T) {
	// ruleid: sleep-in-test
	time.Sleep(100 * time.Millisecond)
	pay()
	// ruleid: sleep-in-test
	time.Sleep(time.Second)
}

func TestWait(t *testing.T) {
	for !sent() {
		// ok: sleep-in-test
		time.Sleep(time.Millisecond)
	}
	go func() {
		// ok: sleep-in-test
		time.Sleep(time.Second)
	}()
	// ok: sleep-in-test
	clock.Sleep(time.Second)
}

func send() {
	// ok: sleep-in-test
	time.Sleep(time.Second)
}
