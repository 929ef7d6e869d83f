// Package packaging holds what packaging/ makes to what it promises: systemd units
// whose hardening has a bound, Debian packages that are the same bytes each time and
// from which a lane sells, images that run with nothing else, a compose file whose
// networks are the allowed edges, backups that come back.
//
// It has tests alone; nothing may import it.
package packaging
