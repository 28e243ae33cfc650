"""The small vision-language encoder: an open_clip model whose image tower keeps its patches."""
