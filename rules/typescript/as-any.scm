((as_expression (_) (predefined_type) @type) @match
  (#eq? @type "any"))
((as_expression (_) (array_type (predefined_type) @type)) @match
  (#eq? @type "any"))
; <any>value; only there do type arguments come first.
((_ . (type_arguments . (predefined_type) @type .) . (_)) @match
  (#eq? @type "any"))
