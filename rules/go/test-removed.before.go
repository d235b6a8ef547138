package shop

// ruleid: test-removed
func TestGone(t *testing.T) {
	assert.Equal(t, 1, f())
}

// ruleid: test-removed
func TestRefund(t *testing.T) {
	assert.Equal(t, 3, refund())
}

// ruleid: test-removed
func TestInvoice(t *testing.T) {
	require.NoError(t, send())
}

// ok: test-removed
func TestKept(t *testing.T) {
	assert.Equal(t, 2, g())
}

// ok: test-removed
func TestOldName(t *testing.T) {
	assert.Equal(t, "a", name())
}

// ok: test-removed
func Testify() {}
