([
  (required_parameter pattern: [(identifier) (object_pattern) (array_pattern)] type: (type_annotation [
    (predefined_type) @type (array_type (predefined_type) @type) ]))
  (optional_parameter type: (type_annotation [
    (predefined_type) @type (array_type (predefined_type) @type)]))
  (variable_declarator type: (type_annotation [
    (predefined_type) @type (array_type (predefined_type) @type)]))
  (public_field_definition type: (type_annotation [
    (predefined_type) @type (array_type (predefined_type) @type)]))
  (property_signature type: (type_annotation [
    (predefined_type) @type (array_type (predefined_type) @type)]))
  ] @match
  (#eq? @type "any"))

; f(): any, f(): Promise<any>
((_ parameters: (_) return_type: (type_annotation [
    (predefined_type) @type
    (array_type (predefined_type) @type)]) @match)
  (#eq? @type "any"))
((_ parameters: (_) return_type: (type_annotation
    (generic_type name: (type_identifier) @promise type_arguments: (type_arguments . (predefined_type) @type .))) @match)
  (#eq? @promise "Promise")
  (#eq? @type "any"))
