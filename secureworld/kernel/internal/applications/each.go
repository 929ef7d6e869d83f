package applications

// Each tells of every application that is there now, by name; the payment application
// is not among them.
func (r *Registry) Each(f func(name string, version uint64, digest [32]byte)) {
	for _, a := range r.all() {
		f(a.name, a.grant.Version, a.digest)
	}
}
