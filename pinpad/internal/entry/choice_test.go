package entry

import (
	"context"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
)

func TestAChoiceIsOneKey(t *testing.T) {
	for name, c := range map[string]struct {
		choice Choice
		keys   []keypad.Key
		want   int
	}{
		"the first of two":      {Choice{Labels: 2}, []keypad.Key{'1'}, 1},
		"the last of eight":     {Choice{Labels: 8}, []keypad.Key{'8'}, 8},
		"after keys of nothing": {Choice{Labels: 2}, []keypad.Key{'0', '3', '9', keypad.OK, keypad.Clear, '2'}, 2},
		"none":                  {Choice{Labels: 2}, []keypad.Key{keypad.Cancel}, 0},
		"a confirmation":        {Choice{Labels: 1, Confirm: true}, []keypad.Key{'1', keypad.Clear, keypad.OK}, 1},
		"no confirmation":       {Choice{Labels: 1, Confirm: true}, []keypad.Key{keypad.Cancel}, 0},
	} {
		keys := typed(c.keys...)
		if err := Collect(t.Context(), &c.choice, keys, limits, func(int) {}); err != nil || c.choice.Number != c.want || len(keys) != 0 {
			t.Errorf("%s: %d, %v, %d keys left", name, c.choice.Number, err, len(keys))
		}
	}
}

func TestKeysOfNoLabelDecideNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	keys, n := typed('0', '9', keypad.OK, keypad.Clear), 0
	err := Collect(ctx, &Choice{Labels: 8}, keys, limits, func(int) {
		if n++; n == 4 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
