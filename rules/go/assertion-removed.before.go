package shop

func TestTotal(t *testing.T) {
	if got := total(); got != 3 {
		t.Errorf("got %d", got)
	}
	if got := tax(); got != 1 {
		t.Errorf("tax %d", got)
	}
}

func TestItems(t *testing.T) {
	assert.Equal(t, 1, items())
	assert.Equal(t, 2, size())
}

func TestRefused(t *testing.T) {
	require.Error(t, makeOrder(-1))
}

func TestReworded(t *testing.T) {
	assert.Equal(t, 2, f(1))
}

func TestFolded(t *testing.T) {
	assert.Equal(t, 2, f(1))
	assert.Equal(t, 3, f(2))
}

func TestUntouched(t *testing.T) {
	// assert.Equal(t, 1, 1)
	assert.Equal(t, 1, g())
}
