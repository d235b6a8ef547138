package shop

func save(order Order) error {
	return nil
}

func old(order Order) {
	// ok: unchecked-local-error
	save(order)
}
