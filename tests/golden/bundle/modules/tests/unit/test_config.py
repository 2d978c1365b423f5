"""Unit: settings of an environment lie over the defaults, branch by branch."""

import pytest

from churn.config import ConfigLoader, merged


@pytest.mark.unit
def test_a_branch_is_merged_and_not_replaced():
    assert merged({"spark": {"a": 1, "b": 2}}, {"spark": {"b": 3}}) == {"spark": {"a": 1, "b": 3}}


@pytest.mark.unit
@pytest.mark.parametrize("environment", ["local", "dev", "prod"])
def test_every_environment_has_all_settings(environment):
    config = ConfigLoader.load(environment)

    assert config.table("silver.orders") == f"{config.catalog.name}.{config.catalog.schema}_silver.orders"
    assert config.spark.config["spark.sql.session.timeZone"] == "UTC"


@pytest.mark.unit
def test_dev_and_prod_name_different_catalogs():
    assert ConfigLoader.load("dev").catalog.name != ConfigLoader.load("prod").catalog.name


@pytest.mark.unit
def test_a_setting_that_nobody_knows_is_an_error():
    with pytest.raises(ValueError, match="unknown setting 'catalogue'"):
        ConfigLoader.load("local", overrides={"catalogue": {}})


@pytest.mark.unit
def test_a_file_of_ones_own_takes_the_place_of_the_environments(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("catalog: {name: mine}\n", encoding="utf-8")

    config = ConfigLoader.load("dev", str(file))

    assert (config.environment, config.catalog.name) == ("dev", "mine")
    with pytest.raises(ValueError, match="there is an environment dev, local, prod"):
        ConfigLoader.load("staging")
