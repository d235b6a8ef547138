package demo

func positives(err error) error {
	// ruleid: error-text
	if strings.Contains(err.Error(), "not found") {
		return nil
	}
	// ruleid: error-text
	if err.Error() == "EOF" {
		return nil
	}
	// ruleid: error-text
	if err != nil && strings.HasPrefix(err.Error(), "dial tcp") {
		return nil
	}
	// ruleid: error-text
	switch err.Error() {
	case "closed":
		return nil
	}
	return err
}

func negatives(err error, page Page) error {
	// ok: error-text
	if errors.Is(err, io.EOF) {
		return nil
	}
	// ok: error-text
	if strings.Contains(page.Text(), "not found") {
		return nil
	}
	// ok: error-text
	log.Println("failed: " + err.Error())
	// ok: error-text
	if !strings.Contains(err.Error(), "row") || err.Error() != "row 7" {
		return err
	}
	// ok: error-text
	if err == io.EOF {
		return nil
	}
	// strings.Contains(err.Error(), "x")
	// ok: error-text
	return fmt.Errorf("load: %w", err)
}
