"""Text encoders: folders of ONNX, tokenizer and manifest, made from installed packages or given."""
