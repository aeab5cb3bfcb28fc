//go:build cgo

package onnx

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// Session is one loaded model. All methods are safe for concurrent use; runs go on side by side and share the weights.
type Session struct {
	path    string
	header  Header
	inputs  []ValueInfo
	output  ValueInfo
	shape   outputShape
	buffers sync.Pool // of *buffers

	mu  sync.RWMutex // held for reading by each run
	ort *ort.DynamicAdvancedSession
}

// Open loads a model for text: one that takes input_ids and, if it names them, attention_mask, token_type_ids and
// position_ids, and whose chosen output is fp32 or fp16 of two or three dimensions. Weights in external data files are found
// beside it. The model is run once on a tiny input, so that what cannot work is refused here. [Init] must have been called.
func Open(path string, o Options) (*Session, error) {
	s, err := open(path, o)
	if err != nil {
		return nil, fmt.Errorf("open model %s: %w", path, err)
	}
	return s, nil
}

func open(path string, o Options) (*Session, error) {
	file, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	header, err := file.header()
	if err != nil {
		return nil, err
	}
	s := &Session{path: path, header: header}
	if s.inputs, err = textInputs(header.Inputs, o.TaskInput); err != nil {
		return nil, err
	}
	if s.output, err = textOutput(header.Outputs, o.Output); err != nil {
		return nil, err
	}
	if o.AsWritten || s.loadRewritten(file.graph, o) != nil { // nothing to gain, or nodes that are not what they seem
		err = s.load(rewritten{}, o)
	}
	Trim() // the file's bytes, parsed and copied by now
	return s, err
}

// loadRewritten tries the quicker form of the model. Any error means that the
// model has to be loaded as it is; it is no fault of the model.
func (s *Session) loadRewritten(g *graph, o Options) error {
	quicker, err := g.rewrite(s.output.Name, o.FirstRow)
	if err != nil {
		return err
	}
	defer debug.FreeOSMemory() // the copy is as large as the model
	return s.load(quicker, o)
}

// load makes the session from what a rewriting gave, or from the file itself.
func (s *Session) load(r rewritten, o Options) (err error) {
	if s.ort, err = s.newSession(r.data, o); err != nil {
		return err
	}
	if s.shape, err = s.probe(o.Width, r.firstOnly); err != nil {
		return errors.Join(err, s.Close())
	}
	return nil
}

func (s *Session) newSession(data []byte, o Options) (*ort.DynamicAdvancedSession, error) {
	options, err := sessionOptions(o)
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	names := make([]string, len(s.inputs))
	for i, p := range s.inputs {
		names[i] = p.Name
	}
	if data == nil {
		return ort.NewDynamicAdvancedSession(s.path, names, []string{s.output.Name}, options)
	}
	// Weights in files of their own lie beside the model, which bytes do not say.
	if err := options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", filepath.Dir(s.path)); err != nil {
		return nil, err
	}
	return ort.NewDynamicAdvancedSessionWithONNXData(data, names, []string{s.output.Name}, options)
}

// sessionOptions fixes what would else depend on the machine. Spinning
// threads burn an idle daemon's CPU (microsoft/onnxruntime PR 11841).
func sessionOptions(o Options) (*ort.SessionOptions, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		options.SetIntraOpNumThreads(o.threads()),
		options.SetInterOpNumThreads(1),
		options.SetExecutionMode(ort.ExecutionModeSequential),
		options.SetGraphOptimizationLevel(ort.GraphOptimizationLevelEnableAll),
		options.SetLogSeverityLevel(ort.LoggingLevelFatal),
		options.SetCpuMemArena(true),
		options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
		options.AddSessionConfigEntry("session.inter_op.allow_spinning", "0"),
	)
	if err != nil {
		return nil, errors.Join(err, options.Destroy())
	}
	return options, nil
}

// textInputs checks that we can fill every input of the model.
func textInputs(ports []ValueInfo, task string) ([]ValueInfo, error) {
	var inputs []ValueInfo
	for _, p := range ports {
		switch p.Name {
		case "input_ids", "attention_mask", "token_type_ids", "position_ids", task:
		default:
			return nil, fmt.Errorf("it wants an input %q, which a text does not have", p.Name)
		}
		if p.Element != Int64 && p.Element != Int32 {
			return nil, fmt.Errorf("its input %q has element type %d: int64 and int32 are supported", p.Name, p.Element)
		}
		inputs = append(inputs, p)
	}
	if !slices.ContainsFunc(inputs, func(v ValueInfo) bool { return v.Name == "input_ids" }) {
		return nil, errors.New("it has no input named input_ids")
	}
	return inputs, nil
}

func textOutput(ports []ValueInfo, name string) (ValueInfo, error) {
	i := 0
	if name != "" {
		i = slices.IndexFunc(ports, func(v ValueInfo) bool { return v.Name == name })
	}
	if i < 0 {
		return ValueInfo{}, fmt.Errorf("it has no output named %q", name)
	}
	p := ports[i]
	if p.Element != Float32 && p.Element != Float16 {
		return ValueInfo{}, fmt.Errorf("its output %q has element type %d: float32 and float16 are supported", p.Name, p.Element)
	}
	return p, nil
}

// Header returns what the model file says about itself.
func (s *Session) Header() Header { return s.header }

// Width returns the length of one output row.
func (s *Session) Width() int { return s.shape.width }

// Rows tells whether the model has a row per token, and whether a run gives all of them ([Options.FirstRow] may leave one).
func (s *Session) Rows() (perToken, all bool) {
	return s.shape.perToken, s.shape.perToken && !s.shape.first
}

// Path returns the file that was opened.
func (s *Session) Path() string { return s.path }

// Close waits for the runs under way, frees the model and gives its memory back to the system. Closing twice is allowed.
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ort == nil {
		return nil
	}
	err := s.ort.Destroy()
	s.ort = nil
	s.buffers = sync.Pool{}
	Trim()
	return err
}
