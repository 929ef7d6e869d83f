package overseer

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// failure is an agreement that came to nothing, and what each said to that.
type failure struct {
	epoch       *epoch
	step        byte // kind of the request in which it failed
	commitments []byte
	faults      []fault
	proven      []int // members that the overseer itself saw break it
}

// fault is a member that did not do its part, and whom it blames.
type fault struct {
	member int // index in the attempt
	err    error
}

// none takes faults in and tells whether there are none.
func (f *failure) none(faults []fault) bool {
	f.faults = append(f.faults, faults...)
	return len(faults) == 0
}

// seen takes in who was seen to break it.
func (f *failure) seen(proven []int) { f.proven = append(f.proven, proven...) }

func (f *failure) any() bool { return len(f.faults)+len(f.proven) > 0 }

// late tells whether it failed when contributions were out: who makes it fail then has
// a choice.
func (f *failure) late() bool { return f.step == door.KindDeliver || f.step == door.KindActivate }

// blame is who a fault accuses, among so many; -1: nobody else.
func (f *fault) blame(members int) int {
	var r refused
	if !errors.As(f.err, &r) || int(r.Member) >= members || int(r.Member) == f.member {
		return -1
	}
	return int(r.Member)
}

// ruling is what follows from a failure. Members are indices in the attempt.
type ruling struct {
	guilty []int    // broke it, for sure
	pairs  [][2]int // accuser and accused: one of the two lies
	gone   []int    // did not do their part, and blame nobody
}

// rule judges a failure, if at most so many lie. Nobody is believed alone:
//
//   - whom more accuse than may lie, an honest one accuses;
//   - of commitments, confirmations and transcripts all have seen the same, so an honest
//     accuser is not alone: where all have spoken and no more accuse than may lie, the
//     accusers lie;
//   - a sealed contribution is seen by its receiver alone, so one of the two lies, and
//     nobody can tell which.
func (f *failure) rule(members, liars int) (r ruling) {
	r.guilty = append(r.guilty, f.proven...)
	accusers := make([][]int, members)
	for i := range f.faults {
		if at := f.faults[i].blame(members); at >= 0 {
			accusers[at] = append(accusers[at], f.faults[i].member)
		} else {
			r.gone = append(r.gone, f.faults[i].member)
		}
	}
	public := f.step != door.KindDeliver && len(r.gone) == 0
	for accused, by := range accusers {
		switch {
		case len(by) == 0:
		case liars > 0 && len(by) > liars:
			r.guilty = append(r.guilty, accused)
		case liars > 0 && public && len(by) < members-liars:
			r.guilty = append(r.guilty, by...)
		default:
			for _, accuser := range by {
				r.pairs = append(r.pairs, [2]int{accuser, accused})
			}
		}
	}
	return r
}
