package store

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
)

func positives(client *Client, text string) {
	err := client.Save()
	// ruleid: swallowed-error
	if err != nil {
	}

	// ruleid: swallowed-error
	if err := client.Save(); err != nil {
		// nothing to do
	}

	// ruleid: swallowed-error
	_ = client.Save()

	// ruleid: swallowed-error
	_ = json.Unmarshal([]byte(text), client)

	// ruleid: swallowed-error
	_ = err

	// ruleid: swallowed-error
	count, _ := strconv.Atoi(text)

	// ruleid: swallowed-error
	data, _ := os.ReadFile(text)

	// ruleid: swallowed-error
	data, _ = json.Marshal(count)

	// ruleid: swallowed-error
	config, _ := loadConfig(data)

	// ruleid: swallowed-error
	page, _ := http.Get(text)

	// ruleid: swallowed-error
	defer recover()

	defer func() {
		// ruleid: swallowed-error
		if r := recover(); r != nil {
		}
	}()
	client.Use(config, page)
}

func save(client *Client) error {
	err := client.Save()
	// ruleid: swallowed-error
	if err != nil {
		return nil
	}
	return client.Flush()
}

func negatives(client *Client, text string) error {
	// ok: swallowed-error
	if err := client.Save(); err != nil {
		return err
	}

	// ok: swallowed-error
	if err := client.Save(); err != nil {
		log.Printf("not saved: %v", err)
	}

	// ok: swallowed-error
	value, _ := client.rows[text]
	// ok: swallowed-error
	name, _ := value.(string)
	// ok: swallowed-error
	before, _, _ := strings.Cut(name, "=")
	// ok: swallowed-error
	home, _ := os.LookupEnv("HOME")
	// ok: swallowed-error
	old, _ := client.cache.LoadOrStore(name, home)
	// ok: swallowed-error
	verbose, _ := client.Flags().GetBool("verbose")
	// ok: swallowed-error
	_ = client.Flags().MarkHidden("verbose")
	// ok: swallowed-error
	_, _ = client.Write([]byte(before + home))
	// ok: swallowed-error
	defer func() { _ = client.Close() }()
	// ok: swallowed-error
	_ = name

	for _, row := range client.list {
		// ok: swallowed-error
		if err := client.Add(row); err != nil {
			continue
		}
	}

	defer func() {
		// ok: swallowed-error
		if r := recover(); r != nil {
			log.Printf("recovered: %v", r)
		}
	}()

	count, err := strconv.Atoi(text)
	// ok: swallowed-error
	if err != nil {
		count = 0
	}
	// if err != nil { }
	// ok: swallowed-error
	client.Use("_ = f()", count, old, verbose)
	return nil
}
