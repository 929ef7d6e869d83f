package group_test

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

func TestMembersAgreeOnOneKeyThatIsAnotherInEachEpoch(t *testing.T) {
	w := newWorld(t, 3)
	w.agree(1)
	first := w.key
	for i := range 3 {
		if !bytes.Equal(w.all[i*door.ConfirmationSize+32:][:32], first[:]) {
			t.Errorf("member %d confirmed another key", i)
		}
	}
	w.agree(2)
	if w.key == first {
		t.Error("the second epoch has the key of the first")
	}
}

func TestATranscriptThatBreaksARuleIsRefusedAndItsMemberNamed(t *testing.T) {
	stranger := newWorld(t, 1).propose(1, newWorld(t, 1).members[0]).Members[0]
	for name, test := range map[string]struct {
		change func(*door.Transcript)
		code   door.Code
		member uint8
	}{
		"no group":                     {func(t *door.Transcript) { t.Group = door.GroupID{} }, door.CodeMalformed, 255},
		"no verb":                      {func(t *door.Transcript) { t.Verbs = 0 }, door.CodeMalformed, 255},
		"a quorum of one":              {func(t *door.Transcript) { t.Members = t.Members[:1] }, door.CodeMalformed, 255},
		"an epoch of before":           {func(t *door.Transcript) { t.Epoch = 5 }, door.CodeEpoch, 255},
		"a verb that nobody offers":    {func(t *door.Transcript) { t.Verbs |= 1 << element.KindScriptMAC }, door.CodeVerb, 255},
		"a verb that another lacks":    {func(t *door.Transcript) { t.Members[2].Verbs = 1 << element.KindStatus }, door.CodeVerb, 2},
		"another language":             {func(t *door.Transcript) { t.Members[1].Version++ }, door.CodeVerb, 1},
		"without the one who is asked": {func(t *door.Transcript) { t.Members[0] = t.Members[1] }, door.CodeCertificate, 255},
		"another key for the asked":    {func(t *door.Transcript) { t.Members[0].Agreement[0] ^= 1 }, door.CodeCertificate, 255},
		"a stranger":                   {func(t *door.Transcript) { t.Members[1] = stranger }, door.CodeCertificate, 1},
		"a member twice":               {func(t *door.Transcript) { t.Members[2] = t.Members[1] }, door.CodeCertificate, 2},
		"another make":                 {func(t *door.Transcript) { t.Members[2].Make = []byte("make1") }, door.CodeCertificate, 2},
		"the manufacturer's twice":     {func(t *door.Transcript) { t.Members[1].Operator = t.Members[1].Manufacturer }, door.CodeCertificate, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			w.agree(5)
			proposed := w.propose(6, w.members...)
			test.change(proposed)
			encoded, err := door.EncodeTranscript(proposed)
			w.must(err)
			r := call(t, w.members[0], door.KindPropose, &door.Propose{Transcript: encoded}, &door.Commitment{})
			if r == nil || r.Code != test.code || r.Member != test.member {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestAnAlteredAgreementFailsAndNamesWhoseTurnItWas(t *testing.T) {
	flip := func(member, size, at int) func(int, []byte) {
		return func(to int, all []byte) {
			if to == 0 {
				all[member*size+at] ^= 1
			}
		}
	}
	for name, test := range map[string]struct {
		script script
		step   byte
		member uint8
	}{
		"a commitment":                {script{commitments: flip(1, door.CommitmentSize, 0)}, door.KindFix, 1},
		"a commitment's signature":    {script{commitments: flip(2, door.CommitmentSize, 40)}, door.KindFix, 2},
		"the member's own commitment": {script{commitments: flip(0, door.CommitmentSize, 0)}, door.KindFix, 0},
		"a contribution's key":        {script{sealed: flip(1, door.ContributionSize, 3)}, door.KindDeliver, 1},
		"a contribution":              {script{sealed: flip(2, door.ContributionSize, 50)}, door.KindDeliver, 2},
		"a confirmation's MAC":        {script{confirmations: flip(1, door.ConfirmationSize, 0)}, door.KindActivate, 1},
		"a confirmation's key":        {script{confirmations: flip(2, door.ConfirmationSize, 33)}, door.KindActivate, 2},
		"a confirmation's signature":  {script{confirmations: flip(2, door.ConfirmationSize, 70)}, door.KindActivate, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			step, by, r := w.agreement(w.propose(1, w.members...), test.script, w.members...)
			if r == nil || step != test.step || by != 0 || r.Code != door.CodeAgreement || r.Member != test.member {
				t.Fatalf("step %02x of member %d: %+v", step, by, r)
			}
			if r := call(t, w.members[0], step, emptyOf(step), nil); r == nil || r.Code != door.CodeState {
				t.Errorf("the agreement goes on after it failed: %+v", r)
			}
			w.agree(1)
		})
	}
}

func emptyOf(step byte) any {
	switch step {
	case door.KindFix:
		return &door.Fix{}
	case door.KindDeliver:
		return &door.Deliver{}
	}
	return &door.Activate{}
}

func TestMembersShownDifferentTranscriptsDoNotAgree(t *testing.T) {
	w := newWorld(t, 3)
	proposed := w.propose(1, w.members...)
	step, by, r := w.agreement(proposed, script{transcript: func(to int, t *door.Transcript) {
		if to == 2 {
			t.Members[0].Agreement[5] ^= 1 // the MCU's own key, to read what member 2 seals to member 0
		}
	}}, w.members...)
	if r == nil || step != door.KindFix || by != 0 || r.Code != door.CodeAgreement || r.Member != 2 {
		t.Errorf("step %02x of member %d: %+v", step, by, r)
	}
}

func TestEveryStepOutOfItsTurnIsRefusedAsStateAndChangesNothing(t *testing.T) {
	w := newWorld(t, 1)
	m := w.members[0]
	early := func(due byte) {
		t.Helper()
		for _, step := range []byte{door.KindFix, door.KindDeliver, door.KindActivate} {
			if step == due {
				continue
			}
			if r := call(t, m, step, emptyOf(step), nil); r == nil || r.Code != door.CodeState || r.Member != 255 {
				t.Errorf("step %02x where %02x is due: %+v", step, due, r)
			}
		}
	}
	early(0)
	encoded, err := door.EncodeTranscript(w.propose(1, m))
	w.must(err)
	var c door.Commitment
	w.call(m, door.KindPropose, &door.Propose{Transcript: encoded}, &c)
	early(door.KindFix)
	w.call(m, door.KindFix, &door.Fix{Commitments: c.Commitment[:]}, &door.Contribution{})
	early(door.KindDeliver)
	var last door.Confirmation
	w.call(m, door.KindDeliver, &door.Deliver{Sealed: make([]byte, door.ContributionSize)}, &last)
	early(door.KindActivate)
	w.call(m, door.KindActivate, &door.Activate{Confirmations: last.Confirmation[:]}, &door.Active{})
	early(0)
}

func TestALoneMembersCommitmentIsFreshEachTime(t *testing.T) {
	w := newWorld(t, 1)
	encoded, err := door.EncodeTranscript(w.propose(1, w.members...))
	w.must(err)
	var one, two door.Commitment
	w.call(w.members[0], door.KindPropose, &door.Propose{Transcript: encoded}, &one)
	w.call(w.members[0], door.KindPropose, &door.Propose{Transcript: encoded}, &two)
	if one == two {
		t.Error("the same contribution twice")
	}
}

func TestAMemberRestartedWithOldRandomnessIsNamed(t *testing.T) {
	w := newWorld(t, 2)
	liar := newLiar(t, w)
	honest := w.members[0]
	for epoch, want := range []*door.Refusal{nil, {Code: door.CodeAgreement, Member: 1}} {
		r := liar.agree(honest, uint32(epoch)+1)
		if (r == nil) != (want == nil) || r != nil && *r != *want {
			t.Errorf("epoch %d: %+v", epoch+1, r)
		}
	}
}
