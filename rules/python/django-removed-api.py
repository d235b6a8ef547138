import sqlalchemy

from django.db import models
# ruleid: django-removed-api
from django.conf.urls import include, url
# ruleid: django-removed-api
from django.utils.translation import ugettext_lazy as _
# ruleid: django-removed-api
from django.core.urlresolvers import reverse
# ruleid: django-removed-api
from django.contrib.postgres.fields import ArrayField, JSONField

# ok: django-removed-api
from django.conf.urls import include
# ok: django-removed-api
from django.utils.translation import gettext_lazy
# ok: django-removed-api
from django.urls import path, re_path
# ok: django-removed-api
from django.db.models import JSONField as Json

try:
    # ok: django-removed-api
    from django.utils.encoding import force_text
except ImportError:
    from django.utils.encoding import force_str as force_text


class Book(models.Model):
    # ruleid: django-removed-api
    author = models.ForeignKey("Author", null=True)
    # ruleid: django-removed-api
    sold = models.NullBooleanField()
    # ok: django-removed-api
    shop = models.ForeignKey("Shop", on_delete=models.CASCADE)
    # ok: django-removed-api
    owner = models.OneToOneField("User", models.CASCADE)
    # ok: django-removed-api
    lent = models.BooleanField(null=True)
    # ok: django-removed-api
    row = sqlalchemy.ForeignKey("author.id")


def view(request, page):
    # ruleid: django-removed-api
    if request.is_ajax():
        return None
    # request.is_ajax()
    # ok: django-removed-api
    return page.is_ajax() or "request.is_ajax()"
