"""Trains a small byte-level BPE tokenizer on the text files named and prints ids of a few texts:
train_bpe.py OUT TEXTS FILE…, where TEXTS is a JSON list."""
import json, sys
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

out, texts, *files = sys.argv[1:]
t = Tokenizer(models.BPE())
t.normalizer = normalizers.NFC()
t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
trainer = trainers.BpeTrainer(vocab_size=2000, special_tokens=["<s>", "</s>"], show_progress=False,
                              initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
t.train(files, trainer)
t.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> $B </s>",
                                                 special_tokens=[("<s>", 0), ("</s>", 1)])
t.save(out)
json.dump([t.encode(s).ids for s in json.loads(texts)], sys.stdout)
