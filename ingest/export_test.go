package ingest

// OneAsk makes MakeVectors ask for one batch after the other, so that a test sees the order in which it takes them: of two asks under
// way the later can reach the model first.
func (o *Options) OneAsk() { o.asks = 1 }

// SignatureOf is what a file looks like.
var SignatureOf = signatureOf
