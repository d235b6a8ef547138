package shop

func positives(path string, data []byte, db *sql.DB) {
	// ruleid: unchecked-error
	os.WriteFile(path, data, 0o600)
	// ruleid: unchecked-error
	json.Unmarshal(data, &row)
	// ruleid: unchecked-error
	json.NewEncoder(w).Encode(row)
	// ruleid: unchecked-error
	go http.ListenAndServe(":8080", nil)
	// ruleid: unchecked-error
	db.Exec("delete from rows")
	// ruleid: unchecked-error
	exec.Command("make").Run()
}

func negatives(path string, data []byte, f *os.File) error {
	// ok: unchecked-error
	defer f.Close()
	// ok: unchecked-error
	_ = os.WriteFile(path, data, 0o600)
	// ok: unchecked-error
	fmt.Fprintln(w, "done")
	// ok: unchecked-error
	os.Exit(1)
	// ok: unchecked-error
	log.Fatal(http.ListenAndServe(":8080", nil))
	// ok: unchecked-error
	if err := json.Unmarshal(data, &row); err != nil {
		return err
	}
	// ok: unchecked-error
	return os.MkdirAll(path, 0o700)
}
