((comment) @match
  (#match? @match "^//\\s?nolint(:\\s*[\\w,\\s-]+)?(\\s*//.*|\\s*$|\\s*[,;#(–—-].*)"))
((comment) @match
  (#match? @match "^(//\\s?lint:(ignore|file-ignore)\\s|//\\s?revive:disable|(//|/\\*)\\s*#nosec\\b)"))
