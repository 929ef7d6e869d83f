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
	kbpk, err := readKBPK(a.kbpk)
	if err != nil {
		return nil, nil, err
	}
	defer clear(kbpk)
	file, err := readKeys(a.keys)
	if err != nil {
		return nil, nil, err
	}
	return m.Open(file, kbpk)
}

// readKBPK and readKeys return nothing where no file is named: parse knows who
// may leave them out.
func readKBPK(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	kbpk, err := os.ReadFile(path)
	if err != nil || len(kbpk) != kbpkSize {
		clear(kbpk)
		return nil, errors.New("reading the key block protection key")
	}
	return kbpk, nil
}

func readKeys(path string) (file element.KeyFile, err error) {
	if path == "" {
		return file, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil || len(raw) > maxKeyFile {
		return file, errors.New("reading the key file")
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return file, errors.New("reading the key file: not its JSON form")
	}
	return file, nil
}
