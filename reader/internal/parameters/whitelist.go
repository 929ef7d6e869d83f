package parameters

import "bytes"

// pays reports whether an application on the whitelist is of a provider whose
// applications are taken here.
func (p Parameters) pays() bool {
	for _, aid := range p.Whitelist.AIDs {
		for _, taken := range p.taken() {
			if bytes.HasPrefix(taken, aid[:5]) {
				return true
			}
		}
	}
	return false
}

// taken are the names of all applications that some kernel takes.
func (p Parameters) taken() (aids [][]byte) {
	for _, a := range p.Contact.Applications {
		aids = append(aids, a.AID)
	}
	for _, s := range p.EntryPoint.Sets {
		for _, c := range s.Combinations {
			aids = append(aids, c.AID)
		}
	}
	return aids
}
