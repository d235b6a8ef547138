; A module that is gone.
((import_from_statement module_name: (dotted_name) @module) @match
  (#match? @module "^django\\.(core\\.urlresolvers|utils\\.(six|importlib|datetime_safe|baseconv)|contrib\\.(comments|formtools|webdesign|localflavor|staticfiles\\.templatetags)|db\\.models\\.sql\\.aggregates|forms\\.extras)(\\.|$)")
  (#not-has-ancestor? @match "try_statement" "if_statement"))

; A name that is gone.
((import_from_statement
  module_name: (dotted_name) @module
  name: [(dotted_name) @name (aliased_import name: (dotted_name) @name)]) @match
  (#match? @module "^django\\.(utils\\.(translation|encoding|http|decorators|timezone|text|html|functional)|shortcuts|conf\\.urls|db\\.models|contrib\\.postgres\\.fields|core\\.files\\.storage|test|contrib\\.auth\\.views|views\\.generic\\.simple)$")
  (#any-of? @name "ugettext" "ugettext_lazy" "ugettext_noop" "ungettext" "ungettext_lazy" "force_text" "smart_text" "python_2_unicode_compatible"
    "urlquote" "urlquote_plus" "urlunquote" "urlunquote_plus" "is_safe_url" "available_attrs" "ContextDecorator" "utc" "FixedOffset" "unescape_entities"
    "render_to_response" "url" "patterns" "NullBooleanField" "JSONField" "get_storage_class" "curry" "allow_lazy")
  (#not-match? @match "from django\\.db\\.models import.*\\bJSONField\\b")
  (#not-has-ancestor? @match "try_statement" "if_statement"))

((attribute object: (identifier) @models attribute: (identifier) @name) @match
  (#eq? @models "models")
  (#any-of? @name "NullBooleanField" "permalink" "CommaSeparatedIntegerField"))
; request.is_ajax()
((call function: (attribute object: (_) @request attribute: (identifier) @name)) @match
  (#match? @request "^(self\\.)?request$")
  (#eq? @name "is_ajax"))

; models.ForeignKey(Author) without on_delete
((call
  function: (attribute object: (identifier) @models attribute: (identifier) @name)
  arguments: (argument_list . [(identifier) (string) (attribute)] @to) @arguments) @match
  (#eq? @models "models")
  (#any-of? @name "ForeignKey" "OneToOneField")
  (#not-match? @arguments "on_delete|[*][*]|^\\(\\s*[^,=]+,\\s*(models\\.)?(CASCADE|PROTECT|SET_NULL|SET_DEFAULT|DO_NOTHING|RESTRICT|SET)\\b"))

((module (expression_statement (assignment left: (identifier) @name right: (string)) @match))
  (#eq? @name "default_app_config"))
