package evidence

import (
	"fmt"
	"slices"
)

// leastMemory is less than any Go process has: a sweep of less was none.
const leastMemory = 1 << 20

// Judge holds every result to its claim and to its control.
func (r *Report) Judge() {
	r.Findings = nil
	r.Run.PlantedLeaks, r.Run.PlantedFound = 0, 0
	verdicts := []Verdict{r.judgeRun()}
	for i := range r.Worlds {
		verdicts = append(verdicts, r.judgeWorld(&r.Worlds[i]))
	}
	verdicts = append(verdicts, r.judgeControl())
	for i := range r.Surfaces {
		verdicts = append(verdicts, r.judgeSurface(&r.Surfaces[i]))
	}
	for i := range r.Requirements {
		r.judgeRequirement(&r.Requirements[i])
	}
	if r.Attacks.Verdict == Failed {
		r.find("an attack had another end than expected")
	}
	if r.Simulation.Verdict == Failed {
		r.find("the simulation found an invariant broken")
	}
	r.Verdict = worst(append(verdicts, ran(r.Attacks.Verdict), ran(r.Simulation.Verdict))...)
}

// ran: what was not run says nothing, and is listed as such.
func ran(v Verdict) Verdict {
	if v == NotRun || v == InPart || v == "" {
		return Passed
	}
	return v
}

func worst(verdicts ...Verdict) Verdict {
	out := Passed
	for _, v := range verdicts {
		switch {
		case v == Failed:
			return Failed
		case v != Passed:
			out = Inconclusive
		}
	}
	return out
}

func (r *Report) find(format string, a ...any) {
	r.Findings = append(r.Findings, fmt.Sprintf(format, a...))
}

func (r *Report) judgeRun() Verdict {
	v := Passed
	if r.Run.Sales == 0 || r.Run.Needles == 0 {
		r.find("inconclusive: no sale was made")
		v = Inconclusive
	}
	if !r.Run.Root {
		r.find("inconclusive: the scanners had not root's rights, so memory of other users was not read")
		v = Inconclusive
	}
	if r.Run.CaptureDrops > 0 {
		r.find("inconclusive: the system dropped %d captured packets", r.Run.CaptureDrops)
		v = Inconclusive
	}
	return v
}

func (r *Report) judgeWorld(w *World) Verdict {
	switch {
	case !w.Claimed:
		w.Verdict = NotClaimed
		return Passed
	case w.Found() > 0:
		w.Verdict = Failed
		r.find("memory of %s held account data, a PIN or a key %d times", w.Name, w.Found())
	case w.Sweeps == 0 || w.Bytes < leastMemory:
		w.Verdict = Inconclusive
		r.find("inconclusive: memory of %s was not swept", w.Name)
	case !r.memoryControl():
		w.Verdict = Inconclusive
	default:
		w.Verdict = Passed
	}
	return w.Verdict
}

// memoryControl tells whether the plain control terminal, which made the same sales,
// was found to hold what others must not.
func (r *Report) memoryControl() bool {
	for _, w := range r.Worlds {
		if w.Column == Control && w.Hits["pan"] > 0 {
			return true
		}
	}
	return false
}

func (r *Report) judgeControl() Verdict {
	if r.memoryControl() {
		return Passed
	}
	r.find("inconclusive: no number of a card was found in the plain control terminal, which holds them")
	return Inconclusive
}

func (r *Report) judgeSurface(s *Surface) Verdict {
	s.Planted, s.Found = 0, 0
	for _, c := range s.Forms {
		switch c {
		case CellFound:
			s.Planted, s.Found = s.Planted+1, s.Found+1
		case CellMissed, CellControl:
			s.Planted++
		}
	}
	r.Run.PlantedLeaks, r.Run.PlantedFound = r.Run.PlantedLeaks+s.Planted, r.Run.PlantedFound+s.Found
	switch {
	case s.Hits > 0:
		s.Verdict = Failed
		r.find("%s: %d hits", s.Name, s.Hits)
	case s.Absent != "":
		s.Verdict = NotRun
		return Passed
	case s.Bytes == 0:
		s.Verdict = Inconclusive
		r.find("inconclusive: nothing of %s was searched", s.Name)
	case s.Refused > 0:
		s.Verdict = Inconclusive
		r.find("inconclusive: %d parts of %s could not be read", s.Refused, s.Name)
	case s.Planted == 0 || slices.Contains(s.Forms, CellControl):
		s.Verdict = Inconclusive
		r.find("inconclusive: %s has no control", s.Name)
	case s.Found < s.Planted:
		s.Verdict = Inconclusive
		r.find("inconclusive: %s: %d of %d planted leaks were found", s.Name, s.Found, s.Planted)
	default:
		s.Verdict = Passed
	}
	return s.Verdict
}
