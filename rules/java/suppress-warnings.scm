((annotation name: (identifier) @name arguments: (annotation_argument_list) @what) @match
  (#eq? @name "SuppressWarnings")
  (#not-match? @what "^\\(\\s*(value\\s*=\\s*)?\\{?\\s*(\"(serial|removal|deprecation)\"\\s*,?\\s*)+\\}?\\s*\\)$")
  (#not-match? @what "^\\(\\s*(value\\s*=\\s*)?\\{?\\s*(\"(unchecked|rawtypes)\"\\s*,?\\s*)+\\}?\\s*\\)$"))
([
  (method_declaration (modifiers (annotation name: (identifier) @name arguments: (annotation_argument_list) @what) @match))
  (class_declaration (modifiers (annotation name: (identifier) @name arguments: (annotation_argument_list) @what) @match))
  (constructor_declaration (modifiers (annotation name: (identifier) @name arguments: (annotation_argument_list) @what) @match))
  ]
  (#eq? @name "SuppressWarnings")
  (#match? @what "^\\(\\s*(value\\s*=\\s*)?\\{?\\s*(\"(unchecked|rawtypes)\"\\s*,?\\s*)+\\}?\\s*\\)$"))
((line_comment) @match
  (#match? @match "^//\\s*(NOSONAR|CHECKSTYLE[:.]\\s*OFF|noinspection\\s+\\w|NOPMD)"))
