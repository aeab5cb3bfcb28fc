"""Serves a model of random weights with llama.cpp's own server, until the input ends: FILE CONTEXT ANSWER [KEY].

It writes the model to FILE and prints the server's address. CONTEXT is in tokens for each of two places; an answer ends after ANSWER
tokens and no sooner, where a request does not say how many. The model has a token for each byte, one layer, and 27,000 weights.
"""
import sys

import gguf
import numpy
import xllamacpp

WIDTH, INNER, HEADS = 32, 64, 4
TEMPLATE = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</{{ m.role }}>{% endfor %}<assistant>"


def write_model(path, context):
    tokens = ["<unk>", "<s>", "</s>"] + ["<0x%02X>" % b for b in range(256)]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL] + [gguf.TokenType.BYTE] * 256
    w = gguf.GGUFWriter(path, "llama")
    w.add_context_length(context)
    w.add_embedding_length(WIDTH)
    w.add_block_count(1)
    w.add_feed_forward_length(INNER)
    w.add_head_count(HEADS)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_rope_dimension_count(WIDTH // HEADS)
    w.add_tokenizer_model("llama")
    w.add_token_list(tokens)
    w.add_token_scores([0.0] * len(tokens))
    w.add_token_types(kinds)
    w.add_unk_token_id(0)
    w.add_bos_token_id(1)
    w.add_eos_token_id(2)
    w.add_chat_template(TEMPLATE)
    numbers = numpy.random.default_rng(1)
    random = lambda *shape: (numbers.standard_normal(shape) * 0.3).astype(numpy.float32)
    ones = numpy.ones(WIDTH, numpy.float32)
    output = random(len(tokens), WIDTH)
    output[2] = 0  # so the end is not among the forty likeliest tokens: it comes where a grammar leaves nothing else
    for name, weights in {
        "token_embd": random(len(tokens), WIDTH), "output": output, "output_norm": ones,
        "blk.0.attn_norm": ones, "blk.0.attn_q": random(WIDTH, WIDTH), "blk.0.attn_k": random(WIDTH, WIDTH), "blk.0.attn_v": random(WIDTH, WIDTH),
        "blk.0.attn_output": random(WIDTH, WIDTH), "blk.0.ffn_norm": ones, "blk.0.ffn_gate": random(INNER, WIDTH),
        "blk.0.ffn_up": random(INNER, WIDTH), "blk.0.ffn_down": random(WIDTH, INNER),
    }.items():
        w.add_tensor(name + ".weight", weights)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def main(path, context, answer, *keys):
    write_model(path, int(context))
    p = xllamacpp.CommonParams()
    p.model.path, p.model_alias = path, {"tiny"}
    p.n_ctx, p.n_parallel, p.n_predict = 2 * int(context), 2, int(answer)
    p.cpuparams.n_threads = 1
    p.sampling.seed = 1
    p.hostnames, p.port, p.api_keys = ["127.0.0.1"], 0, list(keys)
    p.endpoint_metrics, p.ui = True, False
    server = xllamacpp.Server(p)
    print(server.listening_address, flush=True)
    sys.stdin.read()


main(*sys.argv[1:])
