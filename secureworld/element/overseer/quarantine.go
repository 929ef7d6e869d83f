package overseer

import (
	"os"
	"path/filepath"
	"strings"
)

// A quarantine outlives its overseer as a file in the evidence folder, named for the
// element. The operator ends it by taking the file away (mcu readmit): no client's door
// leads there.

func (o *Overseer) quarantineFile(id string) string {
	return QuarantineFile(o.config.Evidence, id)
}

// QuarantineFile is the file that holds an element in quarantine.
func QuarantineFile(folder, id string) string { return filepath.Join(folder, "quarantined-"+id) }

// holdBack writes it. A disk that is full loses it, and with it the quarantine's end by
// hand, but not the quarantine of this run.
func (o *Overseer) holdBack(id, why string) (written bool) {
	return o.config.Evidence != "" && os.WriteFile(o.quarantineFile(id), []byte(why+"\n"), 0o600) == nil
}

// heldBack tells whether an element is in quarantine from an earlier run.
func (o *Overseer) heldBack(id string) bool {
	if o.config.Evidence == "" {
		return false
	}
	_, err := os.Lstat(o.quarantineFile(id))
	return err == nil
}

func (o *Overseer) letGo(id string) {
	if o.config.Evidence != "" {
		_ = os.Remove(o.quarantineFile(id))
	}
}

// restore makes the folder of evidence, and takes up a stop of an earlier run.
func (o *Overseer) restore() {
	if o.config.Evidence == "" {
		return
	}
	_ = os.MkdirAll(o.config.Evidence, 0o700)
	o.mu.Lock()
	defer o.mu.Unlock()
	if two := Stopped(o.config.Evidence); two != nil {
		o.stopped, o.stopFiled, o.state = true, true, "stopped"
		o.reason = "two elements signed different answers: " + strings.Join(two, ", ")
	}
}

// readmitted begins the probation of those whose file was taken away.
func (o *Overseer) readmitted() {
	if o.config.Evidence == "" {
		return
	}
	o.mu.Lock()
	var ids []string
	for _, m := range o.members {
		if m.record.Health == Quarantined && m.filed && !o.heldBack(m.held) {
			ids = append(ids, m.held)
		}
	}
	o.mu.Unlock()
	for _, id := range ids {
		o.Readmit(id)
	}
}
