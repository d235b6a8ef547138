package demo

import "os"

// ruleid: nolint
//nolint:funlen
func positives(path string) {
	// ruleid: nolint
	os.Remove(path) //nolint:errcheck
	// ruleid: nolint
	os.Remove(path) // nolint
	// ruleid: nolint
	os.Open(path) // #nosec G304
	// ruleid: nolint
	//lint:ignore SA1019 the old name is fine
	os.Remove(path)
}

// ok: nolint
//go:noinline
func negatives(path string) {
	// ok: nolint
	os.Remove(path) // errors do not matter here
	// ok: nolint
	// The nolint comments of this file were removed.
	println("//nolint:errcheck")
	// ok: nolint
	//revive:enable
	println(path)
}
