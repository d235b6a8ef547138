package demo

// ok: placeholder-implementation
// In a real application, keep this file out of version control.
func Pay(order Order) string {
	// ruleid: placeholder-implementation
	// In a real implementation, this would call the payment provider.
	return "ok"
}

func Embed(text string) []float64 {
	// ruleid: placeholder-implementation
	// Placeholder for the actual model
	return make([]float64, 768)
}

func (s *Store) Save(row Row) error {
	// ruleid: placeholder-implementation
	// TODO: implement
	return nil
}

func Search(query string) []Row {
	// ruleid: placeholder-implementation
	return nil // For now, return an empty list
}

func (s *Store) Load(key string) Row {
	// ok: placeholder-implementation
	// TODO: implement caching
	return s.rows[key]
}

func (s *Store) Drop(key string) error {
	// ok: placeholder-implementation
	// TODO: implement this
	return errors.New("drop: not implemented")
}

func Bind(values []string) string {
	// ok: placeholder-implementation
	// one placeholder for each value
	return "In a real implementation, this would differ"
}
