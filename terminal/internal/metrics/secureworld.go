package metrics

import (
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// secureWorld is what the mailbox tells. While the secure world is away nothing of it
// is said but that: an old number would be taken for a new one.
func (t *Terminal) secureWorld(s Source) []*family {
	d, err := s.Describe()
	up := single(gauge, "secure_world_up", "1 while the secure world answers.", bit(err == nil))
	if err != nil {
		return []*family{up}
	}
	all := append([]*family{up, states(d)}, devices(d)...)
	all = append(all, counts(d)...)
	if waiting, err := s.Waiting(); err == nil {
		all = append(all, single(gauge, "saf_depth", "Messages to the acquirer that are not confirmed: reversals and advices.",
			float64(max(waiting, d.PendingReversals))))
	}
	return all
}

// states has one series for every state, of which one is 1.
func states(d mailbox.Description) *family {
	f := newFamily(gauge, "terminal_state", "1 for the state that the secure world is in.", "state")
	for s := payment.TerminalStateBooting; s.Valid(); s++ {
		f.set(bit(s == d.State), s.String())
	}
	return f
}

func devices(d mailbox.Description) []*family {
	return []*family{
		single(gauge, "reader_connected", "1 while the reader is connected.", bit(d.ReaderConnected)),
		single(gauge, "pinpad_connected", "1 while the PIN pad is connected.", bit(d.PINPadConnected)),
		single(gauge, "acquirer_signed_on", "1 while the acquirer has signed this terminal on.", bit(d.HostSignedOn)),
		single(gauge, "tampered", "1 once the secure world has erased its keys.", bit(d.State == payment.TerminalStateTampered)),
		single(gauge, "reversals_pending", "Reversals that the acquirer has not confirmed.", float64(d.PendingReversals)),
		single(gauge, "reversal_age_seconds", "Age of the oldest of them.", float64(d.OldestReversal)),
		single(gauge, "reversals_need_attention", "1 if one of them failed so often that somebody has to look.", bit(d.NeedsAttention)),
		single(gauge, "ksn_remaining", "Transactions that are left on the terminal's host key.", float64(d.HostKeysLeft)),
		single(gauge, "secure_world_journal_entries", "Length of the secure world's journal.", float64(d.JournalLength)),
	}
}

// counts are the secure world's own; they begin anew when its kernel does, as
// Prometheus expects of counters.
func counts(d mailbox.Description) []*family {
	return []*family{
		single(counter, "mailbox_frames_rejected_total", "Frames that the secure world refused at its doors.", float64(d.FramesRefused)),
		single(counter, "envelopes_rejected_total", "Envelopes of reader or PIN pad that did not open.", float64(d.EnvelopesRefused)),
		single(counter, "acquirer_answers_late_total", "Answers of the acquirer that came after they had been given up.", float64(d.LateAnswers)),
		single(counter, "acquirer_macs_wrong_total", "Answers of the acquirer with a wrong MAC.", float64(d.BadMACs)),
		single(counter, "secure_world_starts_total", "Starts of the secure world's kernel since boot began.", float64(d.KernelStarts)),
	}
}
