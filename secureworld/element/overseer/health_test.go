package overseer

import (
	"testing"
	"time"
)

// happening is an event so many seconds after the one before.
type happening struct {
	after int
	event Event
}

func TestAnElementsHealthFollowsWhatIsLearnedOfIt(t *testing.T) {
	rules := Rules{Window: time.Minute, Differences: 3, Wrongs: 3, Clean: 2}
	for name, c := range map[string]struct {
		from   Health
		events []happening
		to     Health
		effect Effect
	}{
		"agreeing stays healthy":                  {Healthy, []happening{{0, Agreed}}, Healthy, NoEffect},
		"a difference alone suspects nobody":      {Healthy, []happening{{0, Differed}}, Healthy, AskAgain},
		"two differences suspect nobody":          {Healthy, []happening{{0, Differed}, {1, Differed}}, Healthy, AskAgain},
		"three in a window suspect":               {Healthy, []happening{{0, Differed}, {1, Differed}, {1, Differed}}, Suspect, AskAgain},
		"three over two windows do not":           {Healthy, []happening{{0, Differed}, {1, Differed}, {60, Differed}}, Healthy, AskAgain},
		"one against a majority suspects":         {Healthy, []happening{{0, Wrong}}, Suspect, AskAgain},
		"confirmed, it is out":                    {Healthy, []happening{{0, Wrong}, {0, Confirmed}}, Quarantined, Exclude},
		"confirmed without suspicion, it is out":  {Healthy, []happening{{0, Confirmed}}, Quarantined, Exclude},
		"blamed by an agreement, it is out":       {Healthy, []happening{{0, Blamed}}, Quarantined, Exclude},
		"a suspect that is blamed is out":         {Suspect, []happening{{0, Blamed}}, Quarantined, Exclude},
		"wrong thrice, though never confirmed":    {Healthy, []happening{{0, Wrong}, {1, Wrong}, {1, Wrong}}, Quarantined, Exclude},
		"wrong thrice over two windows":           {Healthy, []happening{{0, Wrong}, {40, Wrong}, {40, Wrong}}, Suspect, AskAgain},
		"a suspect stays so within the window":    {Healthy, []happening{{0, Wrong}, {59, Agreed}}, Suspect, NoEffect},
		"a quiet window clears":                   {Healthy, []happening{{0, Wrong}, {60, Agreed}}, Healthy, NoEffect},
		"a suspect that differs is asked again":   {Suspect, []happening{{0, Differed}}, Suspect, AskAgain},
		"the operator changes no healthy one":     {Healthy, []happening{{0, Readmit}}, Healthy, NoEffect},
		"the operator clears no suspect":          {Healthy, []happening{{0, Wrong}, {0, Readmit}}, Suspect, NoEffect},
		"quarantine ends by no right answer":      {Quarantined, []happening{{0, Agreed}, {99, Agreed}, {99, Agreed}}, Quarantined, NoEffect},
		"quarantine is not entered twice":         {Quarantined, []happening{{0, Confirmed}}, Quarantined, NoEffect},
		"the operator begins probation":           {Quarantined, []happening{{0, Readmit}}, Probation, Admit},
		"who is needed counts, as a suspect":      {Probation, []happening{{0, Needed}}, Suspect, Promote},
		"nobody else is needed":                   {Quarantined, []happening{{0, Needed}}, Quarantined, NoEffect},
		"one of two that accuse each other":       {Healthy, []happening{{0, Disputed}}, Suspect, NoEffect},
		"and is cleared by a quiet window":        {Healthy, []happening{{0, Disputed}, {60, Agreed}}, Healthy, NoEffect},
		"a shadow is accused":                     {Probation, []happening{{0, Disputed}}, Probation, NoEffect},
		"one clean answer is not enough":          {Probation, []happening{{0, Agreed}}, Probation, NoEffect},
		"enough clean answers end it":             {Probation, []happening{{0, Agreed}, {0, Agreed}}, Healthy, Promote},
		"a wrong answer on probation is the last": {Probation, []happening{{0, Agreed}, {0, Wrong}}, Quarantined, Exclude},
		"a difference on probation is no proof":   {Probation, []happening{{0, Differed}}, Probation, NoEffect},
		"clean answers before do not count again": {Probation, []happening{{0, Agreed}, {0, Wrong}, {0, Readmit}, {0, Agreed}}, Probation, NoEffect},
	} {
		r, now := Record{Health: c.from}, time.Unix(0, 0)
		var effect Effect
		for _, h := range c.events {
			now = now.Add(time.Duration(h.after) * time.Second)
			r, effect = Step(r, h.event, now, rules)
		}
		if r.Health != c.to || effect != c.effect {
			t.Errorf("%s: %v with effect %d, not %v with %d", name, r.Health, effect, c.to, c.effect)
		}
	}
}

func TestAStepChangesNoRecordButItsOwn(t *testing.T) {
	now := time.Unix(0, 0)
	before, _ := Step(Record{}, Wrong, now, DefaultRules())
	a, _ := Step(before, Wrong, now.Add(time.Second), DefaultRules())
	b, _ := Step(before, Wrong, now.Add(2*time.Second), DefaultRules())
	if !a.Wrong[1].Equal(now.Add(time.Second)) || !b.Wrong[1].Equal(now.Add(2*time.Second)) || len(before.Wrong) != 1 {
		t.Error("records share memory")
	}
}
