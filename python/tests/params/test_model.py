import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.db import models
from django.test.utils import isolate_apps
from django.utils.functional import SimpleLazyObject
from hypothesis import given, settings
from hypothesis.extra.django import TestCase

from task_api.params import ListParameter, ModelParameter, ParameterNotValidError

from .refused import refusal
from .strategies import any_json


@pytest.fixture
def group(db):
    return Group.objects.create(name="Editors")


class TestModelParameter:
    @pytest.mark.parametrize(
        "queryset",
        [Group, Group.objects, Group.objects.all(), lambda: Group, lambda: Group.objects, lambda: Group.objects.all()],
        ids=["model", "manager", "queryset", "to model", "to manager", "to queryset"],
    )
    def test_gives_the_row_of_a_key(self, group, queryset):
        parameter = ModelParameter(queryset)

        assert parameter.to_python(group.pk) == group
        assert parameter.to_python(str(group.pk)) == group
        assert parameter.clean(str(group.pk)) == group.pk
        assert parameter.json_schema() == {"type": "integer"}

    def test_takes_an_instance_without_a_query(self, group, django_assert_num_queries):
        parameter = ModelParameter(Group)

        with django_assert_num_queries(0):
            assert parameter.clean(group) == group.pk
            assert parameter.dump(group) == group.pk
            assert parameter.to_python(group) is group

    def test_takes_a_lazy_user_as_a_request_has_it(self, db):
        user = User.objects.create(username="ada")

        assert ModelParameter(User).clean(SimpleLazyObject(lambda: user)) == user.pk

    def test_makes_no_query_where_it_is_defined(self):
        # Without the `db` fixture a query would fail.
        ModelParameter(Group.objects.filter(name="Editors"), default=5)
        ModelParameter(lambda: 1 / 0)

    def test_sees_rows_made_after_the_queryset_was_read(self, db):
        queryset = Group.objects.all()
        parameter = ModelParameter(queryset)
        assert list(queryset) == []
        group = Group.objects.create(name="Later")

        assert parameter.to_python(group.pk) == group

    def test_row_outside_the_queryset_is_refused_like_one_that_does_not_exist(self, group):
        parameter = ModelParameter(Group.objects.exclude(name="Editors"))

        assert refusal(parameter, group.pk) == [f"There is no group {group.pk} to choose."]
        assert refusal(parameter, 999_999) == ["There is no group 999999 to choose."]

    def test_row_that_a_join_gives_twice_is_found(self, group):
        group.permissions.set(Permission.objects.all()[:2])
        queryset = Group.objects.filter(permissions__isnull=False)
        assert queryset.count() == 2

        assert ModelParameter(queryset).to_python(group.pk) == group

    @pytest.mark.parametrize("value", [True, 1.0, 1.5, None, "x", "", [], [1], {}, -1, 2**63, 2**200])
    def test_refuses_what_is_no_key(self, group, value):
        [message] = refusal(ModelParameter(Group), value)

        assert message.startswith("There is no group ")

    @pytest.mark.parametrize("value", [10**400, "\0", "\ud800", float("nan")])
    def test_never_asks_the_database_for_what_it_cannot_compare(self, value):
        # Without the `db` fixture a query would fail.
        assert refusal(ModelParameter(Session), value)

    def test_refuses_an_instance_of_another_model(self, group):
        assert refusal(ModelParameter(User), group) == ["There is no user an object of type Group to choose."]

    def test_refuses_an_instance_that_is_not_saved(self, db):
        assert refusal(ModelParameter(Group), Group()) == ["This group is not saved, so it has no key."]

    def test_key_that_is_text(self, db):
        session = Session.objects.create(session_key="abc", expire_date="2026-01-01T00:00:00Z")

        assert ModelParameter(Session).to_python("abc") == session
        assert ModelParameter(Session).clean(session) == "abc"
        assert ModelParameter(Session).json_schema() == {"type": "string"}

    @isolate_apps("tests.params")
    def test_key_that_is_a_uuid_or_another_models_key(self):
        class Document(models.Model):  # noqa: DJ008
            uuid = models.UUIDField(primary_key=True)

            class Meta:
                app_label = "tests"

        class Page(models.Model):  # noqa: DJ008
            document = models.OneToOneField(Document, on_delete=models.CASCADE, primary_key=True)

            class Meta:
                app_label = "tests"

        document = Document(uuid="123e4567-e89b-12d3-a456-426614174000")
        for row in (document, Page(document=document)):
            parameter = ModelParameter(type(row))
            assert parameter.dump(row) == "123e4567-e89b-12d3-a456-426614174000"
            assert parameter.json_schema() == {"type": "string", "format": "uuid"}

    def test_default_may_be_a_row_or_a_key(self, group):
        assert ModelParameter(Group, default=group).get_default() is group
        assert ModelParameter(Group, default=group).json_schema() == {"type": "integer", "default": group.pk}
        assert ModelParameter(Group, default=5).json_schema() == {"type": "integer", "default": 5}
        assert ModelParameter(Group, default=None).json_schema() == {"type": ["integer", "null"], "default": None}

    def test_works_within_a_list(self, group):
        parameter = ListParameter(ModelParameter(Group))

        assert parameter.clean([group]) == [group.pk]
        assert parameter.to_python([group.pk]) == [group]
        assert refusal(parameter, [group.pk, 999]) == ["Item 2: There is no group 999 to choose."]

    def test_what_gives_no_rows_is_refused_at_definition(self):
        with pytest.raises(TypeError, match=r"^'auth.Group' gives no rows; a ModelParameter takes a queryset"):
            ModelParameter("auth.Group")

    def test_sliced_queryset_is_refused_at_definition(self):
        with pytest.raises(ValueError, match="cannot look for a row in a sliced queryset"):
            ModelParameter(Group.objects.all()[:5])


class AnyJson(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(any_json)
    def test_any_json_gives_a_row_or_a_refusal(self, value):
        for parameter in (ModelParameter(Group), ModelParameter(Session)):
            for convert in (parameter.clean, parameter.to_python):
                try:
                    convert(value)
                except ParameterNotValidError as exc:
                    str(exc).encode()
