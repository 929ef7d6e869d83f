package metered

import "bytes"

// Sections by number (WebAssembly Core 1.0, 5.5.2; 12 comes with ranges of memory).
const (
	sectionCustom   = 0
	sectionType     = 1
	sectionImport   = 2
	sectionFunction = 3
	sectionTable    = 4
	sectionMemory   = 5
	sectionGlobal   = 6
	sectionExport   = 7
	sectionStart    = 8
	sectionElement  = 9
	sectionCode     = 10
	sectionData     = 11
	sectionCount    = 12
)

// order is the place of each section in a module; 0: there is no such section.
func order(id byte) int {
	at := [...]int{sectionType: 1, sectionImport: 2, sectionFunction: 3, sectionTable: 4, sectionMemory: 5, sectionGlobal: 6,
		sectionExport: 7, sectionStart: 8, sectionElement: 9, sectionCount: 10, sectionCode: 11, sectionData: 12}
	if int(id) >= len(at) {
		return 0
	}
	return at[id]
}

// places is one more than a module has sections.
const places = 13

// Import is a function that a module asks for.
type Import struct{ Module, Name string }

// Module is one that was rewritten.
type Module struct {
	Wasm    []byte
	Imports []Import // in their order, each once or more
}

// module is what rewriting has to know.
type module struct {
	sections  [places][]byte // contents, by place
	imports   []Import
	types     uint32
	functions uint32 // imported ones included
	globals   uint32
}

func head() []byte { return []byte{0, 'a', 's', 'm', 1, 0, 0, 0} }

// Rewrite has a module of at most pages of 64 KiB pay for what it does, from so much
// fuel. wasm is not kept.
func Rewrite(wasm []byte, pages uint32, fuel uint64) (Module, error) {
	m, err := read(wasm, pages)
	if err != nil {
		return Module{}, err
	}
	code, err := m.meter()
	if err != nil {
		return Module{}, err
	}
	m.sections[order(sectionCode)] = code
	m.addType()
	m.addGlobal(fuel)
	return Module{m.assemble(), m.imports}, nil
}

// read takes a module apart.
func read(wasm []byte, pages uint32) (*module, error) {
	if !bytes.HasPrefix(wasm, head()) {
		return nil, ErrModule
	}
	m := &module{}
	r := &reader{b: wasm, at: len(head())}
	for last := 0; !r.done(); {
		id := r.byte()
		content := r.part(r.u32())
		if r.failed {
			return nil, ErrModule
		}
		if id == sectionCustom {
			continue
		}
		at := order(id)
		if at <= last || !m.look(id, content, pages) {
			return nil, ErrModule
		}
		last = at
		m.sections[at] = content.b
	}
	return m, nil
}

// look checks what of a section matters here, and counts.
func (m *module) look(id byte, r *reader, pages uint32) bool {
	switch id {
	case sectionType:
		m.types = r.u32()
	case sectionImport:
		return m.lookImports(r)
	case sectionFunction:
		n := r.u32()
		if uint64(m.functions)+uint64(n) > uint64(len(r.b)+len(m.imports)) {
			return false
		}
		m.functions += n
	case sectionTable:
		return lookTable(r)
	case sectionMemory:
		return lookMemory(r, pages)
	case sectionGlobal:
		m.globals = r.u32()
	}
	return !r.failed
}

func (m *module) lookImports(r *reader) bool {
	for n := r.u32(); n > 0 && !r.failed; n-- {
		from, name := r.part(r.u32()).b, r.part(r.u32()).b
		if r.byte() != 0 { // a function
			return false
		}
		_ = r.u32()
		m.imports = append(m.imports, Import{string(from), string(name)})
		m.functions++
	}
	return !r.failed
}

// lookTable bounds the one table: of functions, and not too large.
func lookTable(r *reader) bool {
	if r.u32() != 1 || r.byte() != 0x70 {
		return false
	}
	least, _ := limits(r)
	return !r.failed && least <= maxTable
}

func lookMemory(r *reader, pages uint32) bool {
	if r.u32() != 1 {
		return false
	}
	least, _ := limits(r)
	return !r.failed && least <= pages
}

func limits(r *reader) (least, most uint32) {
	bounded := r.byte()
	if least = r.u32(); bounded == 1 {
		return least, r.u32()
	}
	if bounded != 0 { // shared, or of 64 bits
		r.fail()
	}
	return least, 0
}

// addType appends that of the function that charges for ranges, i32 to i32.
func (m *module) addType() {
	m.grow(sectionType, m.types, []byte{0x60, 1, 0x7F, 1, 0x7F})
	m.grow(sectionFunction, m.functions-uint32(len(m.imports)), appendU32(nil, m.types)) //nolint:gosec // counted in lookImports
}

// addGlobal appends the fuel and exports it.
func (m *module) addGlobal(fuel uint64) {
	global := append(appendS64([]byte{0x7E, 1, 0x42}, fuel), 0x0B)
	m.grow(sectionGlobal, m.globals, global)
	export := append(append([]byte{byte(len(Export))}, Export...), 3)
	r := &reader{b: m.sections[order(sectionExport)]}
	count := uint32(0)
	if len(r.b) > 0 {
		count = r.u32()
	}
	m.grow(sectionExport, count, appendU32(export, m.globals))
}

// grow appends one more element to a section of count elements.
func (m *module) grow(id byte, count uint32, element []byte) {
	r := &reader{b: m.sections[order(id)]}
	if len(r.b) > 0 {
		_ = r.u32()
	}
	out := append(appendU32(nil, count+1), r.b[r.at:]...)
	m.sections[order(id)] = append(out, element...)
}

func (m *module) assemble() []byte {
	out := head()
	for _, id := range []byte{sectionType, sectionImport, sectionFunction, sectionTable, sectionMemory, sectionGlobal,
		sectionExport, sectionStart, sectionElement, sectionCount, sectionCode, sectionData} {
		if content := m.sections[order(id)]; content != nil {
			out = appendU32(append(out, id), uint32(len(content))) //nolint:gosec // a part of what was read
			out = append(out, content...)
		}
	}
	return out
}
