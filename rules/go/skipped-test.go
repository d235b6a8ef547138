package demo

import "testing"

func TestSaves(t *testing.T) {
	// ruleid: skipped-test
	t.Skip("flaky")
	save(t)
}

func BenchmarkSave(b *testing.B) {
	// ruleid: skipped-test
	b.SkipNow()
}

func TestLoads(t *testing.T) {
	t.Run("empty", func(t *testing.T) {
		// ruleid: skipped-test
		t.Skipf("see %d", 12)
	})
	if testing.Short() {
		// ok: skipped-test
		t.Skip("slow")
	}
	// ok: skipped-test
	save(t)
}

func TestReads(t *testing.T) {
	path := find(t)
	// ok: skipped-test
	t.Skip(path)
}

func needsDocker(t *testing.T) {
	// ok: skipped-test
	t.Skip("no docker")
}

func TestText(t *testing.T) {
	// t.Skip("later")
	// ok: skipped-test
	println("t.Skip()")
}
