package shop

func save(order Order) error {
	return nil
}

func total(order Order) (int, error) {
	return 0, nil
}

func (o *Order) Send() (err error) {
	return nil
}

func (o *Order) Close() error {
	return nil
}

func print(order Order) {}

func old(order Order) {
	save(order)
}

func positives(order *Order) {
	// ruleid: unchecked-local-error
	save(*order)
	// ruleid: unchecked-local-error
	total(*order)
	// ruleid: unchecked-local-error
	order.Send()
	// ruleid: unchecked-local-error
	go save(*order)
}

func negatives(order *Order) error {
	// ok: unchecked-local-error
	print(*order)
	// ok: unchecked-local-error
	defer order.Send()
	// ok: unchecked-local-error
	order.Close()
	// ok: unchecked-local-error
	_ = save(*order)
	// ok: unchecked-local-error
	if err := order.Send(); err != nil {
		return err
	}
	// ok: unchecked-local-error
	bank.Total()
	return save(*order)
}
