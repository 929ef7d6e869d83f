package program

import (
	"encoding/json"
	"errors"
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

const (
	kbpkSize   = 32
	maxKeyFile = 1 << 16 // some twenty key blocks; a block has about 150 bytes
)

func open(m Make, a arguments) (element.Operations, func(), error) {
	if a.keys == "" {
		return m.Open(element.KeyFile{}, nil)
	}
	kbpk, err := os.ReadFile(a.kbpk)
	if err != nil || len(kbpk) != kbpkSize {
		return nil, nil, errors.New("reading the key block protection key")
	}
	defer clear(kbpk)
	raw, err := os.ReadFile(a.keys)
	if err != nil || len(raw) > maxKeyFile {
		return nil, nil, errors.New("reading the key file")
	}
	var file element.KeyFile
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, nil, errors.New("reading the key file: not its JSON form")
	}
	return m.Open(file, kbpk)
}
