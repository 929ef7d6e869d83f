package element_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// blockBodies are the bodies about key blocks, with a full and an empty one of each.
func blockBodies() []any {
	block := bytes.Repeat([]byte{'D'}, 144)
	return []any{
		element.LoadKeyBlock{}, element.LoadKeyBlock{KEK: element.KEKID{1}, Block: block},
		element.LoadedKey{}, element.LoadedKey{Usage: [2]byte{'B', '0'}, Mode: 'X', Check: element.CheckValue{1, 2, 3, 4, 5}},
		element.Derive{}, element.Derive{KEK: element.KEKID{1}, Base: block, ID: element.InitialKeyID{7: 1}},
		element.DerivedKey{}, element.DerivedKey{Block: block, Check: element.CheckValue{1}},
		element.TranslatePINUnder{}, element.TranslatePINUnder{Base: block, Zone: block, PAN: []byte("4761739001010010")},
		element.OpenAccountUnder{}, element.OpenAccountUnder{Base: block, Sealed: make([]byte, element.MaxSealed)},
	}
}

// FuzzCanonicalKeyBlocks holds every body about key blocks to one encoding.
func FuzzCanonicalKeyBlocks(f *testing.F) {
	bodies := blockBodies()
	for i, b := range bodies {
		seed, err := frame.Append(nil, b)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(i), seed)
	}
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		v := reflect.New(reflect.TypeOf(bodies[int(kind)%len(bodies)]))
		if frame.Parse(body, v.Interface()) != nil {
			return
		}
		if again, err := frame.Append(nil, v.Elem().Interface()); err != nil || !bytes.Equal(again, body) {
			t.Error("not canonical")
		}
	})
}

func TestTheLongestKeyBlockCrossesAndALongerOneDoesNot(t *testing.T) {
	for _, request := range []func(block []byte) any{
		func(b []byte) any { return element.LoadKeyBlock{Block: b} },
		func(b []byte) any { return element.Derive{Base: b} },
		func(b []byte) any { return element.TranslatePINUnder{Base: b} },
		func(b []byte) any { return element.TranslatePINUnder{Zone: b} },
		func(b []byte) any { return element.OpenAccountUnder{Base: b} },
	} {
		if _, err := element.AppendRequest(nil, request(make([]byte, element.MaxKeyBlock))); err != nil {
			t.Errorf("%T: %v", request(nil), err)
		}
		if _, err := element.AppendRequest(nil, request(make([]byte, element.MaxKeyBlock+1))); !errors.Is(err, frame.ErrTooLong) {
			t.Errorf("%T over its limit: %v", request(nil), err)
		}
	}
}

func TestQuestionsAboutKeyBlocksCross(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e")
	serve(t, path, &double{})
	c := element.NewClient(path, 1)
	defer c.Close()
	ctx := context.Background()
	if l, err := c.LoadKeyBlock(ctx, element.LoadKeyBlock{Block: []byte("D0144")}); err != nil || string(l.Check[:]) != "D0144" {
		t.Errorf("%+v %v", l, err)
	}
	first, err := c.Derive(ctx, element.Derive{ID: element.InitialKeyID{1, 2, 3, 4, 5}})
	second, again := c.Derive(ctx, element.Derive{})
	if err != nil || again != nil || first.Check != (element.CheckValue{1, 2, 3, 4, 5}) || bytes.Equal(first.Block, second.Block) {
		t.Errorf("%+v %v; or one chance for two questions", first, err)
	}
	if p, err := c.TranslatePINUnder(ctx, element.TranslatePINUnder{}); err != nil || p.Block == (element.PINBlock{}) {
		t.Errorf("%v", err)
	}
	if a, err := c.OpenAccountUnder(ctx, element.OpenAccountUnder{Sealed: []byte("sealed")}); err != nil || string(a.Data) != "sealed" {
		t.Errorf("%v", err)
	}
}
