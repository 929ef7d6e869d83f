package payment

// pick names the n-th value of a closed enumeration; empty beyond its end.
func pick[T ~uint8](v T, names ...string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return ""
}
