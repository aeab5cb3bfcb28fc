"""Writes the small tokenizers of the golden files: train_small.py OUT_DIR."""
import sys
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from train import lines, roberta, train, write

out = sys.argv[1]
pieces, table = train(out, 4000, "nmt_nfkc")
model, tokens, template = roberta(pieces)
words = dict(type="Sequence", pretokenizers=[
    dict(type="WhitespaceSplit"), dict(type="Metaspace", replacement="\u2581", add_prefix_space=True)])
write(out, "unigram", model, tokens, dict(type="Precompiled", precompiled_charsmap=table), words, template)

t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
t.normalizer = normalizers.BertNormalizer()
t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
t.train_from_iterator(lines(), trainers.WordPieceTrainer(vocab_size=4000, special_tokens=specials, show_progress=False))
t.post_processor = processors.TemplateProcessing(
    single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
t.save(out + "/wordpiece.json", pretty=False)

from train_bpe import O200K, byte_level, split
specials = ["<s>", "</s>", "<mask>"]
t = Tokenizer(models.BPE())
t.normalizer = normalizers.NFC()
t.pre_tokenizer = pre_tokenizers.Sequence([split(O200K), byte_level()])
t.train_from_iterator(lines(), trainers.BpeTrainer(vocab_size=4000, special_tokens=specials, show_progress=False,
                                                   initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
t.post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
t.save(out + "/pairs.json", pretty=False)
