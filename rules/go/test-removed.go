package shop

func TestKept(t *testing.T) {
	assert.Equal(t, 2, g())
}

func TestNewName(t *testing.T) {
	assert.Equal(t, "a", name())
}
