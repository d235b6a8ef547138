((attribute_item (attribute . (identifier) @name .)) @match
  (#eq? @name "ignore"))
