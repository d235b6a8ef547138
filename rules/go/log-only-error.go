package shop

func positives(row Row) {
	err := row.Save()
	// ruleid: log-only-error
	if err != nil {
		log.Printf("not saved: %v", err)
	}
	// ruleid: log-only-error
	if err := row.Send(); err != nil {
		logger.Error("not sent", "err", err)
	}
	// ruleid: log-only-error
	if err := row.Check(); err != nil {
		fmt.Println(err)
	}
}

func negatives(row Row) error {
	err := row.Save()
	// ok: log-only-error
	if err != nil {
		log.Printf("not saved: %v", err)
		return err
	}
	// ok: log-only-error
	if err := row.Send(); err != nil {
		log.Fatalf("not sent: %v", err)
	}
	// ok: log-only-error
	if err := row.Close(); err != nil {
		log.Printf("not closed: %v", err)
	}
	// ok: log-only-error
	if errors.Is(err, os.ErrNotExist) {
		log.Print("no file yet")
	}
	return nil
}
